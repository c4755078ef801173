"""The exercise on the screen: answer sheet, pictures, progress and certificate."""
