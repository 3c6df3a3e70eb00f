import { Table2 } from 'lucide-react';
import { Button } from './button';

/** Shows the numbers of a drawing as a table, and back. */
export function TableSwitch({ isTable, onChange }: { isTable: boolean; onChange: (isTable: boolean) => void }) {
  return (
    <Button
      look="outline"
      className={isTable ? 'bg-sunken' : undefined}
      aria-pressed={isTable}
      onClick={() => onChange(!isTable)}
    >
      <Table2 aria-hidden="true" className="size-4" />
      Show as table
    </Button>
  );
}
