"""What to do with it: topics, places, rules, deadlines, duplicates. Pure: no I/O."""
