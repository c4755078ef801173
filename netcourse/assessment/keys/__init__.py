"""What a key may ask of a case: the questions by topic, one registry of them, and the language of keys."""
