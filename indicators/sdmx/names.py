"""The names that other systems rely on: flow, dimensions, codes. They never change."""

FLOW = "COUNTY_SEAT"
VERSION = "1.0"
FREQUENCY = "A"
QUARTERLY = "Q"  # what is known within a year: never official, and sent only where FREQ asks for it
FREQUENCIES = (FREQUENCY, QUARTERLY)
SERIES = ("OBS", "TARGET", "STANDARD", "GAP")
DIMENSIONS = ("FREQ", "REF_AREA", "INDICATOR", "SERIES")
TIME = "TIME_PERIOD"
ALL_DIMENSIONS = "AllDimensions"
# Attributes of the series TARGET: how likely the final year's target is as seen from the year, and the 80 % range.
# The status of the forecast is its own: an official target may be held against demonstration values.
FORECAST_ATTRIBUTES = ("PROBABILITY", "RANGE_LOW", "RANGE_HIGH", "FORECAST_VERSION", "FORECAST_STATUS")

# Attributes of the series OBS: what the value was divided from, where that is known.
PART_ATTRIBUTES = ("NUMERATOR", "DENOMINATOR")
# Of a target or a standard that is a band its upper end; of a row in stages the stage's name, and when it was reached.
SHAPE_ATTRIBUTES = ("UPPER_END", "STAGE", "REACHED_ON")
# Of a number of the city's code, which is computed: how many counties went in, and how many there are.
TOGETHER_ATTRIBUTES = ("COUNTED", "COUNTIES")
# Sent where there is something to say.
CONDITIONAL = (*FORECAST_ATTRIBUTES, *PART_ATTRIBUTES, *SHAPE_ATTRIBUTES, *TOGETHER_ATTRIBUTES)

# Of the cross-domain list CL_OBS_STATUS. It has no code for invented numbers; G (experimental value) is the one
# whose readers are warned, and no real value here carries it.
NORMAL, PROVISIONAL, DEMONSTRATION, BREAK = "A", "P", "G", "B"

UNITS = {
    "%": ("PT", "Percent"),
    "个百分点": ("PP", "Percentage points"),
    "亿元": ("CNY_E8", "100 million yuan"),
    "倍": ("RATIO", "Ratio"),
    "个": ("NUMBER", "Number"),
    "家": ("INSTITUTION", "Institutions"),
    "亩": ("MU", "Mu (1/15 hectare)"),
    "个/千人": ("PER_1000", "Per thousand residents"),
}
NO_UNIT = "_U"


def unit_code(unit: str) -> str:
    """The code of a unit of the catalogue. A unit that the owner brings is spelled by its characters: it too stays."""
    if not unit:
        return NO_UNIT
    return UNITS[unit][0] if unit in UNITS else "U_" + "_".join(f"{ord(letter):X}" for letter in unit)
