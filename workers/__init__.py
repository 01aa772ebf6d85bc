"""The four stages and the sweeper: the glue between the rooms."""
