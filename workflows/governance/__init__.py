"""The nouns of a city: cases, places, organisation, registers. Functions take the session first and commit nothing."""
