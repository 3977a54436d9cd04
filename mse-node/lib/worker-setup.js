// Puts the interfaces into the scope of a dedicated worker (worker-scope.js).

import { install } from './install.js';

/** `wake` is how elements of the window are woken; the result's `wake` is how they wake sources here. */
export const setUpWorker = (global, options) => install(global, { ...options, exposed: 'DedicatedWorker' });
