{{#any_decimal}}
using System.Globalization;

{{/any_decimal}}
namespace Billing;

/// <summary>What your catalog (version {{catalog_version}}) bills: one function per event type. Generated; when the catalog changes, generate it again.</summary>
public static class Events
{
    /// <summary>The products these events are charged for.</summary>
    public static IReadOnlyList<string> Products { get; } = [{{#products}}{{literal}}{{^last}}, {{/last}}{{/products}}];
{{#events}}

    /// <summary>{{event_comment}}: {{#notes}}{{comment}}{{^last}}; {{/last}}{{/notes}}.</summary>
{{#properties}}
    /// <param name="{{plain_name}}">{{what}}</param>
{{/properties}}
    public static UsageEvent {{name}}({{#quantity}}decimal {{quantity_name}}{{#has_properties}}, {{/has_properties}}{{/quantity}}{{#properties}}{{type}} {{name}}{{^last}}, {{/last}}{{/properties}}) => new(
        {{literal}},
        {{#quantity}}{{quantity_name}}.ToString(CultureInfo.InvariantCulture){{/quantity}}{{^quantity}}null{{/quantity}},
        {{#has_properties}}new Dictionary<string, object>
        {
{{#properties}}
            [{{key}}] = {{value}},
{{/properties}}
        }{{/has_properties}}{{^has_properties}}null{{/has_properties}});
{{/events}}
}
