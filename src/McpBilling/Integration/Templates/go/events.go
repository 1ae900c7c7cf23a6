package billing

// What your catalog (version {{catalog_version}}) bills: one function per event type. Generated; when the catalog changes, generate it again.

// Products are what these events are charged for.
var Products = []string{
{{#products}}
	{{literal}},
{{/products}}
}
{{#events}}

// {{name}} is the event {{event_comment}}.
{{#notes}}
//
// {{comment}}
{{/notes}}
{{#properties}}
//
// {{name}}: {{what}}
{{/properties}}
func {{name}}({{#quantity}}{{quantity_name}} Decimal{{#has_properties}}, {{/has_properties}}{{/quantity}}{{#properties}}{{name}} {{type}}{{^last}}, {{/last}}{{/properties}}) UsageEvent {
	event := UsageEvent{EventType: {{literal}}}
{{#quantity}}
	event.Quantity = {{quantity_name}}
{{/quantity}}
{{#properties}}
	event.set({{key}}, {{value}})
{{/properties}}
	return event
}
{{/events}}
