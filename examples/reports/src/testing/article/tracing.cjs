const api = require('@opentelemetry/api')
const { Resource } = require('opentelemetry-1-resources')
const { SemanticResourceAttributes } = require('opentelemetry-1-semantic-conventions')
const { BasicTracerProvider, BatchSpanProcessor } = require('opentelemetry-1-sdk-trace-base')
const { JaegerExporter } = require('opentelemetry-1-exporter-jaeger')

// The first generation of OpenTelemetry's SDK, with no context manager: every parent is named by hand.
module.exports = serviceName => {
  const resource = new Resource({ [SemanticResourceAttributes.SERVICE_NAME]: serviceName })
  const provider = new BasicTracerProvider({ resource })
  provider.addSpanProcessor(
    new BatchSpanProcessor(new JaegerExporter({ endpoint: process.env.JAEGER_ENDPOINT })),
  )
  provider.register()
  return api.trace.getTracer('article')
}
