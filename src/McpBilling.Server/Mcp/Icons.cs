using System.Text;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Mcp;

/// <summary>The program's picture in lists of servers: a coin with a pulse, drawn for light and for dark grounds, carried as data so that showing it calls nobody.</summary>
internal static class Icons
{
    public static IList<Icon> OfProgram { get; } = [Draw("light", "#0f766e"), Draw("dark", "#5eead4")];

    private static Icon Draw(string theme, string colour)
    {
        string svg = $"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='{colour}' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'>"
            + "<circle cx='12' cy='12' r='10'/><path d='M5 12h3l2-5 4 10 2-5h3'/></svg>";
        return new Icon { Source = "data:image/svg+xml;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(svg)), MimeType = "image/svg+xml", Sizes = ["any"], Theme = theme };
    }
}
