export * from './encoder-of.js';
export * from './heads.js';
export * from './layers.js';
export * from './resnet.js';
export * from './scope.js';
export * from './unet.js';
export * from './weights.js';
