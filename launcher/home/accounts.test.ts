import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { examineOwners } from '../doctor/examine-owners.ts';
import { BESIDE_COMPILED } from '../planes/permissions.ts';
import { copyCode } from '../programs/code-copy.ts';
import { compileWhenNeeded } from '../programs/compiled.mjs';
import { readStartSettings } from '../settings.ts';
import { checkAccounts } from './account-checks.ts';
import { type Accounts, chooseAccounts, unreadableFor } from './accounts.ts';
import { homeAt, makeHome } from './home.ts';
import { giveState } from './state-owners.ts';

const repository = join(import.meta.dirname, '..', '..');
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? {} : { skip: 'needs root, which alone can start processes as other accounts' };
const folder = mkdtempSync(join(tmpdir(), 'holdfast-accounts-'));
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;
const fresh = (mode = 0o755): string => {
  made += 1;
  const path = join(folder, `${made}`);
  mkdirSync(path);
  chmodSync(path, mode);
  return path;
};
const uidOf = (path: string) => lstatSync(path).uid;

test('an ordinary user shares one account, and cannot choose others', { skip: isRoot && 'is for ordinary users' }, () => {
  assert.equal(chooseAccounts(undefined), null);
  assert.throws(() => chooseAccounts(70_000), /HOLDFAST_ACCOUNTS is set, but only root/);
});

test('what is no account number is refused by name', () => {
  for (const setting of ['0', '1', '99', '-5', 'holdfast', '70000:70001', '1e5']) {
    assert.throws(() => readStartSettings({ HOLDFAST_ACCOUNTS: setting }), /HOLDFAST_ACCOUNTS is “/, setting);
  }
  assert.equal(chooseAccounts('shared'), null);
});

describe('accounts that root gives its processes', asRoot, () => {
  const accounts = isRoot ? (chooseAccounts(61_000) as Accounts) : (undefined as never);

  test('are four numbers in a row, of which one is the group', () => {
    assert.deepEqual(accounts, {
      control: { uid: 61_001, gid: 61_000 },
      data: { uid: 61_002, gid: 61_000 },
      database: { uid: 61_003, gid: 61_000 },
    });
  });

  test('are never those of somebody else', () => {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((text) => text.split(':'))
      .find(([, , uid]) => Number(uid) > 100);
    assert.ok(line, 'No account beyond 100 is in /etc/passwd.');
    assert.throws(() => chooseAccounts(Number(line[2]) - 2), new RegExp(`${line[2]} belongs to “${line[0]}” in /etc/passwd`));
  });

  test('get what is theirs of a home that root or anybody else had made, and of nothing else', () => {
    const path = join(fresh(), 'home');
    const home = homeAt(path, accounts);
    makeHome(homeAt(path));
    const foreign = join(fresh(), 'shadow');
    for (const file of [foreign, join(home.control, 'session.key'), join(home.keys, 'root.key')]) writeFileSync(file, 'x', { mode: 0o644 });
    // Left by code in the control plane, so that root gives it away.
    symlinkSync(foreign, join(home.control, 'link'));
    linkSync(foreign, join(home.control, 'second-name'));
    // By an earlier version.
    writeFileSync(join(home.control, 'database-url'), 'x');
    writeFileSync(join(home.data, 'data.log'), 'line\n');
    chownSync(home.folder, 1_234, 1_234);

    giveState(home);
    assert.equal(uidOf(home.folder), 0);
    assert.equal(lstatSync(home.folder).mode & 0o777, 0o711);
    assert.deepEqual([uidOf(home.control), uidOf(join(home.control, 'session.key'))], [61_001, 61_001]);
    assert.deepEqual([uidOf(home.keys), uidOf(join(home.keys, 'root.key')), uidOf(home.data)], [61_002, 61_002, 61_002]);
    assert.equal(lstatSync(join(home.keys, 'root.key')).mode & 0o077, 0);
    assert.deepEqual([uidOf(home.database), uidOf(home.logs.folder)], [0, 0]);
    assert.equal(uidOf(foreign), 0, 'Neither a link nor a second name gives it away.');
    assert.ok(!existsSync(join(home.control, 'database-url')));
    assert.equal(readFileSync(home.logs.data, 'utf8'), 'line\n');

    giveState(homeAt(path));
    assert.deepEqual([uidOf(home.control), uidOf(join(home.keys, 'root.key'))], [0, 0], 'With shared accounts it is all root’s again.');
    assert.equal(lstatSync(home.folder).mode & 0o777, 0o700);
  });

  test('get a root key that a crash has left under two names, and no file that has a name elsewhere', () => {
    const path = join(fresh(), 'home');
    const home = homeAt(path, accounts);
    makeHome(homeAt(path));
    const rootKey = join(home.keys, 'root.key');
    const firstName = `${rootKey}.0199d3a0-0000-7000-8000-000000000001`;
    writeFileSync(rootKey, 'x', { mode: 0o400 });
    linkSync(rootKey, firstName);
    giveState(home);
    assert.deepEqual([uidOf(rootKey), existsSync(firstName)], [61_002, false]);

    // Left by code in the data plane, so that root gives it away.
    const foreign = join(fresh(), 'shadow');
    writeFileSync(foreign, 'x');
    rmSync(rootKey);
    for (const name of [rootKey, firstName]) linkSync(foreign, name);
    giveState(home);
    assert.equal(uidOf(foreign), 0);
  });

  test('are reported where they do not own what is theirs, or others may read it', () => {
    const path = join(fresh(), 'home');
    const home = homeAt(path, accounts);
    makeHome(home);
    writeFileSync(join(home.keys, 'root.key'), 'x', { mode: 0o400 });
    giveState(home);
    const settings = readStartSettings({ HOLDFAST_HOME: path, HOLDFAST_ACCOUNTS: '61000' });
    const wrong = () =>
      examineOwners(settings)
        .filter(({ state }) => state === 'wrong')
        .map(({ what }) => what);
    assert.deepEqual(wrong(), []);
    chownSync(join(home.keys, 'root.key'), accounts.control.uid, accounts.control.gid);
    assert.match(wrong().join(), /root\.key belongs to account 61001, not to 61002/);
    chownSync(join(home.keys, 'root.key'), accounts.data.uid, accounts.data.gid);
    for (const [place, mode] of [
      [home.folder, 0o755],
      [home.logs.folder, 0o750],
      [join(home.keys, 'root.key'), 0o440],
    ] as const) {
      const before = lstatSync(place).mode & 0o777;
      chmodSync(place, mode);
      assert.match(wrong().join(), new RegExp(`${place} can be used by other accounts \\(mode ${mode.toString(8)}\\)`));
      chmodSync(place, before);
    }
    assert.deepEqual(wrong(), []);
  });

  test('leave the data plane to root where only root may read a source folder or the root key, and say so', () => {
    const closed = fresh(0o700);
    const open = fresh();
    writeFileSync(join(closed, 'root.key'), 'x', { mode: 0o400 });
    const fit = (environment: Record<string, string>) => {
      const said: string[] = [];
      const { control, data } = checkAccounts(readStartSettings(environment), accounts, (text) => said.push(text));
      assert.equal(control.uid, 61_001, 'The control plane is never root.');
      return { uid: data.uid, said: said.join('\n') };
    };
    for (const environment of [
      { HOLDFAST_SOURCE_FOLDERS: `acme:open=${open},acme:closed=${closed}` },
      { HOLDFAST_ROOT_KEY_FILE: join(closed, 'root.key') },
      { HOLDFAST_ROOT_KEY_FILE: join(open, 'not-made-yet.key') },
    ] as Record<string, string>[]) {
      const { uid, said } = fit(environment);
      assert.equal(uid, 0);
      assert.match(said, new RegExp(`runs as root.*${Object.keys(environment)[0]}.*61002`));
    }
    assert.deepEqual(fit({ HOLDFAST_SOURCE_FOLDERS: `acme:open=${open},acme:none=/nowhere` }), { uid: 61_002, said: '' });
    chownSync(open, accounts.data.uid, accounts.data.gid);
    assert.deepEqual(fit({ HOLDFAST_ROOT_KEY_FILE: join(open, 'not-made-yet.key') }), { uid: 61_002, said: '' });
  });

  test('cannot be given a session key that they cannot read, or a port that only root may have', (t) => {
    const closed = fresh(0o700);
    writeFileSync(join(closed, 'session.key'), 'x', { mode: 0o400 });
    const refused = (environment: Record<string, string>, message: RegExp) =>
      assert.throws(() => checkAccounts(readStartSettings(environment), accounts, () => {}), message);
    refused(
      { HOLDFAST_SESSION_KEY_FILE: join(closed, 'session.key') },
      /HOLDFAST_SESSION_KEY_FILE: the control plane runs as account 61001/,
    );
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
    if (first <= 443) return t.diagnostic('Here everybody may listen on any port.');
    refused({ HOLDFAST_CONTROL_LISTEN: '0.0.0.0:443' }, /HOLDFAST_CONTROL_LISTEN \(0\.0\.0\.0:443\): only root may listen/);
  });
});

describe('a copy of the code', asRoot, () => {
  const account = { uid: 61_001, gid: 61_000 };
  const shared = () => {
    const path = fresh();
    return { path, copies: () => readdirSync(path).toSorted() };
  };

  test('is all that a plane needs to run, readable by every account, and used again', async () => {
    const { path, copies } = shared();
    const { folders, failure } = await compileWhenNeeded(repository, ['control', 'data'], process.execPath, () => {});
    assert.equal(failure, undefined);
    const planes = [...folders].map(([plane, folder]) => [plane, join('dist', basename(folder ?? ''))] as const);
    const paths = planes.flatMap(([plane, folder]) => [folder, ...BESIDE_COMPILED[plane]]);
    const before = process.umask(0o077);
    const copy = copyCode(repository, paths, process.execPath, path);
    process.umask(before);
    for (const [, folder] of planes) {
      const main = join(copy, folder, 'main.mjs');
      assert.deepEqual(unreadableFor(account, [copy, join(copy, folder), main, join(copy, 'node')]), []);
      const { status, stderr } = spawnSync(join(copy, 'node'), [main], {
        ...account,
        cwd: '/',
        env: {},
        encoding: 'utf8',
      });
      assert.match(stderr, /DATABASE_URL/, 'Everything is loaded when it asks for its settings.');
      assert.equal(status, 2);
    }
    assert.equal(copyCode(repository, paths, process.execPath, path), copy);
    assert.equal(copies().length, 1);
  });

  test('is made again when the clone has changed or a file of it is not whole; others go once nothing runs from them', async () => {
    const { path, copies } = shared();
    const clone = smallClone(fresh(0o700));
    const first = copyCode(clone, SMALL, '/bin/sh', path);
    const running = spawn(join(first, 'node'), ['-c', 'read line'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(running, 'spawn');
    utimesSync(join(clone, 'dist', 'main.mjs'), 1, 1);
    const second = copyCode(clone, SMALL, '/bin/sh', path);
    assert.notEqual(second, first);
    assert.ok(existsSync(join(first, 'node')), 'A process runs from it.');
    running.stdin.end();
    await once(running, 'exit');
    copyCode(clone, SMALL, '/bin/sh', path);
    assert.deepEqual(copies(), [second.slice(path.length + 1)]);

    writeFileSync(join(second, 'dist', 'main.mjs'), '');
    assert.equal(copyCode(clone, SMALL, '/bin/sh', path), second);
    assert.equal(readFileSync(join(second, 'dist', 'main.mjs'), 'utf8'), 'main');

    // Of a start that was killed, and of a clone that is gone.
    mkdirSync(`${second}.999999999`);
    const other = smallClone(fresh());
    const orphan = copyCode(other, SMALL, '/bin/sh', path);
    assert.equal(copies().length, 2);
    rmSync(other, { recursive: true });
    copyCode(clone, SMALL, '/bin/sh', path);
    assert.ok(existsSync(second) && !existsSync(orphan));
    assert.equal(copies().length, 1);
  });

  test('is refused, with what to do, in a folder that others than root may change', () => {
    const { path } = shared();
    chmodSync(path, 0o777);
    assert.throws(
      () => copyCode(smallClone(fresh()), SMALL, '/bin/sh', path),
      (error: Error & { remedy?: string }) => {
        assert.match(error.message, /can be changed by other accounts than root/);
        assert.match(error.remedy ?? '', /\/opt\/holdfast.*HOLDFAST_ACCOUNTS=shared/);
        return true;
      },
    );
  });
});

const SMALL = ['package.json', 'dist', 'console/dist'];

function smallClone(path: string): string {
  for (const [file, text] of [
    ['package.json', '{}'],
    ['dist/main.mjs', 'main'],
    ['console/dist/index.html', 'page'],
  ] as const) {
    mkdirSync(join(path, file, '..'), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  return path;
}
