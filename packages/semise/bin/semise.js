#!/usr/bin/env node
// In its own folder, so that npm can link the command before the package is built.

import '../dist/cli/main.js';
