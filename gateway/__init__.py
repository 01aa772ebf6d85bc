"""Starting it: settings, wiring, web, command line, logs."""
