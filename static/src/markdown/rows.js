/** The cells of a table's row. */

/** A cell ends at a bar that has no backslash before it. */
const BAR = /\\[\s\S]|\|/g;

/**
 * @param {string} row
 * @param {number} from
 * @returns {number} where the cell ends that begins there; -1: it is the last one
 */
export function cellEnd(row, from) {
  BAR.lastIndex = from;
  for (let match = BAR.exec(row); match; match = BAR.exec(row)) if (match[0] === "|") return match.index;
  return -1;
}

/** @param {string} cell as it stands in its row @returns {string} */
export function cellText(cell) {
  return cell.replaceAll("\\|", "|").trim();
}

/**
 * @param {string} line a row
 * @returns {string[]} the texts of its cells
 */
export function splitRow(line) {
  const row = line.trim();
  const cells = [];
  let from = row.startsWith("|") ? 1 : 0;
  for (let end = cellEnd(row, from); end >= 0; end = cellEnd(row, from)) {
    cells.push(cellText(row.slice(from, end)));
    from = end + 1;
  }
  if (from < row.length || !cells.length) cells.push(cellText(row.slice(from)));
  return cells;
}
