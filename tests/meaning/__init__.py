"""Small flows that say what they mean, and mutations of the compiler that they notice."""
