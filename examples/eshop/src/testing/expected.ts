/** The article's whole trace: from the edge proxy over Kafka to the mail. */
export function wholeTrace(send = 'send eshop-topic', process = 'process eshop-topic'): readonly string[] {
  return [
    'edge-proxy eshop/checkout',
    '  eshop checkout',
    '    eshop POST /createOrder',
    '      inventory createOrder',
    '    eshop POST /payment',
    '      billing payment',
    '        billing BankTransaction.transfer',
    '        billing DBAccess.save2db',
    '    eshop POST /arrangeDelivery',
    '      delivery arrangeDelivery',
    `    eshop ${send}`,
    `      kafka-consumer ${process}`,
    '        kafka-consumer POST /sendEmail',
    '          notification sendEmail',
  ]
}
