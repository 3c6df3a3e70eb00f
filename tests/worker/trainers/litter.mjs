// Leaves links and pipes among its files.
import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';

const { output_dir } = JSON.parse(readFileSync('order.json', 'utf8'));
writeFileSync(`${output_dir}/plain`, 'plain');
symlinkSync('/etc/passwd', `${output_dir}/link`);
symlinkSync('/etc', `${output_dir}/folder`);
symlinkSync('plain', `${output_dir}/inside`);
execFileSync('mkfifo', [`${output_dir}/pipe`]);
