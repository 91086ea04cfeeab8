import { Command } from 'commander';
import type { ContextFactory } from '../command-line.js';
export const embedCommand = (_: ContextFactory): Command => new Command('embed');
