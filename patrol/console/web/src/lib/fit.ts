/** Sizes: a picture in a stage, and cells on a wall. Pure functions, in CSS pixels. */

export interface Size {
  width: number;
  height: number;
}

/** The greatest size of this shape that fits the stage, in whole pixels. */
export function contain(shape: Size, stage: Size): Size {
  if (shape.width <= 0 || shape.height <= 0) return { width: 0, height: 0 };
  const scale = Math.min(stage.width / shape.width, stage.height / shape.height);
  return { width: Math.floor(shape.width * scale), height: Math.floor(shape.height * scale) };
}

export interface Grid {
  columns: number;
  rows: number;
}

/** Under this width a person in a county camera's picture is a few pixels: a cell gets no smaller. */
const LEAST_CELL = 380;

/** The grid that shows `count` pictures of 16:9 largest; never cells under the least width. */
export function wallGrid(count: number, room: Size, caption: number): Grid {
  const most = Math.max(1, Math.floor(room.width / LEAST_CELL));
  let best: Grid = { columns: 1, rows: 1 };
  let widest = 0;
  for (let columns = 1; columns <= most; columns += 1) {
    const rows = Math.ceil(Math.max(count, 1) / columns);
    const byHeight = (Math.max(0, room.height / rows - caption) * 16) / 9;
    const width = Math.min(room.width / columns, byHeight);
    if (width >= LEAST_CELL && width > widest) {
      widest = width;
      best = { columns, rows };
    }
  }
  if (widest > 0) return best;
  const cell = LEAST_CELL * (9 / 16) + caption;
  return { columns: most, rows: Math.max(1, Math.floor(room.height / cell)) };
}
