"""What is asked for: clinical vocabulary, :class:`UterusDescription`, and text both ways. Standard library only."""
