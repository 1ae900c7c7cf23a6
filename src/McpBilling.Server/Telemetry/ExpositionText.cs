using System.Globalization;
using System.Text;

namespace McpBilling.Server.Telemetry;

/// <summary>Prometheus' text format, version 0.0.4.</summary>
internal sealed class ExpositionText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new();

    /// <summary>What a metric means and is.</summary>
    public void Head(string name, string help, MetricKind kind)
    {
        text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(kind switch { MetricKind.Counter => "counter", MetricKind.Histogram => "histogram", _ => "gauge" }).Append('\n');
    }

    public void Sample(string name, KeyValuePair<string, object?>[] labels, double value) => Line(name, labels, null, Number(value));

    /// <summary>How many measurements lay at or below a bound.</summary>
    public void Bucket(string name, KeyValuePair<string, object?>[] labels, string bound, long count) => Line(name + "_bucket", labels, bound, Number(count));

    public static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : double.IsNaN(value) ? "NaN" : value.ToString("R", CultureInfo.InvariantCulture);

    public override string ToString() => text.ToString();

    private void Line(string name, KeyValuePair<string, object?>[] labels, string? bound, string value)
    {
        text.Append(name);
        char separator = '{';
        foreach (var (label, of) in labels)
        {
            // An absent value is an absent label.
            if (of is not null)
            {
                Label(LabelOf(label), TextOf(of), ref separator);
            }
        }
        if (bound is not null)
        {
            Label("le", bound, ref separator);
        }
        text.Append(separator == '{' ? " " : "} ").Append(value).Append('\n');
    }

    private void Label(string name, string value, ref char separator)
    {
        text.Append(separator).Append(name).Append("=\"");
        foreach (char c in value)
        {
            switch (c)
            {
                case '\\':
                    text.Append("\\\\");
                    break;
                case '"':
                    text.Append("\\\"");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }
        text.Append('"');
        separator = ',';
    }

    private static string LabelOf(string name)
    {
        string label = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return char.IsAsciiDigit(label[0]) ? "_" + label : label;
    }

    private static string TextOf(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
