/** Of the product: that of the root package.json. */
export const version = '0.1.0'
