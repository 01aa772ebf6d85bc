"""The ПОС (platform of feedback) of the state portal."""
