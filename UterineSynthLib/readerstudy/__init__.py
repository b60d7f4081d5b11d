"""Blinded reader studies: design, blinding, answers, statistics. What a reader's workstation runs needs no scipy."""
