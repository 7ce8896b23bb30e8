"""Methods that score the patches of a poster and the tokens of an overview."""
