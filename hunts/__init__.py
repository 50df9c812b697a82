"""KQL hunts, one question a `.kql` file. `microsoft365.kql` reads and renders them."""
