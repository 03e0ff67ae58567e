import { Argument, type Command } from 'commander';
import { candidates } from './candidates.ts';
import { SCRIPTS, SHELLS, type Shell } from './scripts.ts';

export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands, options and names of secrets in your shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      `
  bash  echo 'source <(holdfast completion bash)' >> ~/.bashrc
  zsh   echo 'source <(holdfast completion zsh)' >> ~/.zshrc      (after compinit)
  fish  holdfast completion fish > ~/.config/fish/completions/holdfast.fish`,
    )
    .action((shell: Shell) => {
      process.stdout.write(SCRIPTS[shell]);
    });
  // What the scripts call: the words of the line so far, the last of them unfinished and perhaps empty.
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .helpOption(false)
    .allowUnknownOption()
    .action(async (words: string[]) => {
      const found = await candidates(program, words).catch(() => []);
      if (found.length > 0) process.stdout.write(`${found.join('\n')}\n`);
    });
}
