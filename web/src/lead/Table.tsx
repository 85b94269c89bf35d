// A table that sorts by its columns; on a phone each line becomes a card.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { sorted } from "./sorting";

export interface Column<Row> {
  key: string;
  title: string;
  /** What to sort by; columns without it do not sort. */
  by?: (row: Row) => string | number | null;
  cell: (row: Row) => ComponentChildren;
  isNumber?: boolean;
}

interface Props<Row> {
  caption: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  first?: { key: string; down: boolean };
  /** Opens when a line's first cell is clicked. */
  onOpen?: (row: Row) => void;
}

export function Table<Row>({ caption, rows, columns, rowKey, first, onOpen }: Props<Row>) {
  const [order, setOrder] = useState(first);
  const by = columns.find(column => column.key === order?.key)?.by;
  const shown = by ? sorted(rows, by, order?.down ?? false) : rows;
  const turn = (key: string) =>
    setOrder({ key, down: order?.key === key ? !order.down : key !== columns[0]?.key });
  return (
    <div class="table-frame">
      <table class="table">
        <caption class="only-read">{caption}</caption>
        <thead>
          <tr>
            {columns.map(column => (
              <Head key={column.key} column={column} order={order} turn={turn} />
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(row => (
            <tr key={rowKey(row)}>
              {columns.map((column, n) => (
                <td
                  key={column.key}
                  class={column.isNumber ? "number right" : ""}
                  data-title={column.title}
                >
                  {n === 0 && onOpen ? (
                    <button type="button" class="link" onClick={() => onOpen(row)}>
                      {column.cell(row)}
                    </button>
                  ) : (
                    column.cell(row)
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head<Row>(props: {
  column: Column<Row>;
  order: { key: string; down: boolean } | undefined;
  turn: (key: string) => void;
}) {
  const { column, order, turn } = props;
  const isSorted = order?.key === column.key;
  const sort = isSorted ? (order?.down ? "descending" : "ascending") : undefined;
  return (
    <th scope="col" class={column.isNumber ? "right" : ""} {...(sort ? { "aria-sort": sort } : {})}>
      {column.by ? (
        <button type="button" class="sort" onClick={() => turn(column.key)}>
          {column.title}
          <span aria-hidden="true">{isSorted ? (order?.down ? " ↓" : " ↑") : ""}</span>
        </button>
      ) : (
        column.title
      )}
    </th>
  );
}
