"""The exercise on the screen: answer sheet, pictures and progress."""
