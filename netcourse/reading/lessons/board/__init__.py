"""Lesson 06: the tumour board."""

from netcourse.reading.lessons.board.board_pictures import BoardPictures
from netcourse.reading.lessons.board.tables import board_heard, shortest_paths
from netcourse.reading.lessons.board.tumour_board import TumourBoard

__all__ = ["BoardPictures", "TumourBoard", "board_heard", "shortest_paths"]
