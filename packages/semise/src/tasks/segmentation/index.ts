export * from './lesions.js';
export * from './model.js';
export * from './own-size.js';
export * from './sliding-window.js';
