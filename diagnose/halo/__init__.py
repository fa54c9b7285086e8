"""What is known of HaloPSA and of its authorization server, and how their answers are read. Pure."""
