"""The groups a parameter can be given by, in their fixed order (the order of the numbers in an array)."""

CATEGORIES: dict[str, tuple[str, ...]] = {
    "origin": ("syria", "horn", "turkiye_iran", "other_likely", "unlikely"),
    "education": ("illiterate", "low", "middle", "high"),
    "level": ("a1", "a2", "b1", "b2"),
    "home_size": ("one", "two", "three_four", "five", "six_plus"),  # persons the home is for
    "site_type": ("regular", "emergency", "elsewhere"),
    "age_class": ("age_18_24", "age_25_34", "age_35_44", "age_45_54", "age_55_66"),
    "household_type": ("alone", "minor_alone", "couple", "couple_children", "lone_parent"),
    "route": ("b1", "education", "z"),
    "building_form": ("isolated", "clustered", "dispersed"),
}
