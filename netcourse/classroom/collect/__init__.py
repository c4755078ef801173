"""What a class handed in, who is in the class, and the lists that platforms export."""
