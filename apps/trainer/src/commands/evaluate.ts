import { Command } from 'commander';
import type { ContextFactory } from '../command-line.js';
export const evaluateCommand = (_: ContextFactory): Command => new Command('evaluate');
