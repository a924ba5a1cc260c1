"""Sensitivity analysis of a stochastic model."""
