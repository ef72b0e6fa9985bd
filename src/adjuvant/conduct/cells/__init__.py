"""The cell product: from the draw to the infusion, every container's chain of custody."""
