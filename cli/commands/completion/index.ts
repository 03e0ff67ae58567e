import { completeWith } from '@holdfast/terminal/completion';
import { Argument, type Command } from 'commander';
import { SCRIPTS, SHELLS, type Shell } from './scripts.ts';

export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands, options and names of secrets, projects and workflows')
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
  completeWith(program, async (kind, begin) => (await import('./names.ts')).names(kind, begin));
}
