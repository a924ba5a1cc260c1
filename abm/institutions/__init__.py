"""One file for each kind of institution. Institutions are ordinary registered Mesa agents with memory and methods.

They decide (which cases, how many places, how much effort, how many seats); processes write. They decide every four
weeks or on an event; what happens every week in every municipality is a process over arrays.
"""
