namespace McpBilling.Server.Reports;

/// <summary>A table of figures: names on the left, numbers lined up on the right.</summary>
internal sealed class ReportTable(params string[] heads)
{
    private readonly Html rows = new();
    private readonly Html foot = new();

    /// <param name="loss">Marks the last amount (before a percentage) as one below zero.</param>
    /// <param name="key">The class of the colour that a plot has for it.</param>
    public void Row(IReadOnlyList<string> cells, bool loss, string? key = null)
    {
        rows.Add($"<tr>");
        for (int i = 0; i < cells.Count; i++)
        {
            bool marked = loss && heads[i] == "Margin";
            rows.Add($"<td{(marked ? new Html().Add($" class=\"loss\"") : new Html())}{(i == 0 ? new Html().Add($" title=\"{cells[0]}\"") : new Html())}>");
            if (i == 0 && key is not null)
            {
                rows.Add($"<span class=\"key {key}\"></span>");
            }
            rows.Add($"{cells[i]}</td>");
        }
        rows.Add($"</tr>\n");
    }

    public void Foot(params string[] cells)
    {
        foreach (string cell in cells)
        {
            foot.Add($"<td>{cell}</td>");
        }
    }

    public Html Write()
    {
        var head = new Html();
        foreach (string name in heads)
        {
            head.Add($"<th>{name}</th>");
        }
        var table = new Html().Add($"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>");
        return foot.ToString().Length == 0 ? table.Add($"</table>") : table.Add($"<tfoot><tr>{foot}</tr></tfoot></table>");
    }
}
