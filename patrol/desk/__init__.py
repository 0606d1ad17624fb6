"""The control room: what came through the door, who judged it, who opened what. No web framework here."""
