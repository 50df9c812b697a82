"""The only code that talks to Microsoft: Graph, Exchange, advanced hunting and Sentinel."""
