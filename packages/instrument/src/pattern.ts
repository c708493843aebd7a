export type { Pattern } from '@waybill/model'
export { matcherOf } from '@waybill/model'
