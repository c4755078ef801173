"""The chest: heart, great vessels, airways, mediastinum, and the lungs as what they leave of the cage."""
