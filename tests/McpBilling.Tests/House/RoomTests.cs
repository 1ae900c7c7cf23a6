using System.Text.RegularExpressions;

namespace McpBilling.Tests.House;

/// <summary>The house rules of DESIGN: which room may use which, what folders and files are called, and what each must have.</summary>
public sealed partial class RoomTests
{
    /// <summary>A room may use the rooms before it. The first two are the ground floor.</summary>
    private static readonly string[] Order =
        ["Money", "Operations", "Ledger", "Pricing", "Catalog", "Customers", "Wallets", "Costs", "Usage", "Payments", "Portal", "Webhooks", "Insights", "Integration"];

    private static readonly string[] BannedNames = ["Common", "Helpers", "Utils", "Services", "Models", "Managers"];

    // Also at the end of a name, but for the price model, which is a word of ours.
    private static readonly string[] BannedEndings = ["Helper", "Helpers", "Util", "Utils", "Utilities", "Service", "Services", "Manager", "Managers"];

    // Typical is 50 to 200. Whoever meets this bound has two things in one file; it may be lowered, not raised.
    private const int MostLines = 470;

    private static string Core => Path.Combine(Needs.RepositoryFolder, "src", "McpBilling");

    [Fact]
    public void Every_folder_of_the_core_is_a_room_with_a_place_in_the_order() =>
        Assert.Empty(Rooms().Except(Order));

    [Fact]
    public void A_room_uses_only_rooms_before_it()
    {
        var breaches =
            from room in Rooms()
            from file in SourceFiles(Path.Combine(Core, room))
            from used in RoomsNamedIn(File.ReadAllText(file))
            where Array.IndexOf(Order, used) > Array.IndexOf(Order, room)
            select $"{Shown(file)} uses {used}";
        Assert.Empty(breaches);
    }

    [Theory]
    [InlineData("using McpBilling.Usage;", "Usage")]
    [InlineData("using static McpBilling.Wallets.BurnOrder;", "Wallets")]
    [InlineData("using Cost = McpBilling.Costs.CostEvent;", "Costs")]
    [InlineData("    var x = new McpBilling.Ledger.Entry();", "Ledger")]
    [InlineData("    var x = Usage.Rating.Rate();", "Usage")]
    [InlineData("    Money.Asset asset", "Money")]
    [InlineData("/// <see cref=\"Usage.Rating\"/>", null)]
    [InlineData("    // as Usage.Rating does", null)]
    [InlineData("    session.Usage.Rate();", null)]
    public void The_check_sees_a_room_however_it_is_named(string line, string? room) =>
        Assert.Equal(room is null ? [] : [room], RoomsNamedIn(line));

    [Fact]
    public void The_core_knows_no_disk_no_network_no_database_and_no_web()
    {
        string[] outside = ["System.IO.File", "System.Net", "System.Data", "Microsoft.", "Dapper", "SQLitePCL", "ModelContextProtocol", "System.Threading.Channels"];
        var breaches =
            from file in SourceFiles(Core)
            from line in File.ReadLines(file)
            where line.StartsWith("using ", StringComparison.Ordinal) && outside.Any(o => line.Contains(' ' + o, StringComparison.Ordinal))
            select $"{Shown(file)}: {line}";
        Assert.Empty(breaches);
    }

    [Fact]
    public void Namespaces_equal_folders()
    {
        var wrong =
            from file in AllSource()
            let found = NamespaceLine().Match(File.ReadAllText(file))
            where found.Success && found.Groups[1].Value != Namespace(file)
            select $"{Shown(file)}: {found.Groups[1].Value} instead of {Namespace(file)}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Nothing_is_called_by_a_name_that_says_nothing()
    {
        var wrong =
            from file in AllSource()
            let parts = Shown(file).Split('/').Select(p => Path.GetFileNameWithoutExtension(p))
            where parts.Any(p => BannedNames.Contains(p) || BannedEndings.Any(b => p.EndsWith(b, StringComparison.Ordinal)))
            select Shown(file);
        Assert.Empty(wrong);
    }

    [Fact]
    public void No_file_has_grown_beyond_what_one_reason_to_exist_needs()
    {
        var long_ =
            from file in AllSource().Where(f => Shown(f).StartsWith("src/", StringComparison.Ordinal))
            let lines = File.ReadLines(file).Count()
            where lines > MostLines
            select $"{Shown(file)}: {lines} lines";
        Assert.Empty(long_);
    }

    [Fact]
    public void Every_room_has_a_README_of_at_most_a_screen()
    {
        string[] others = ["src/McpBilling.Storage", "src/McpBilling.Server", "src/McpBilling.Stripe", "tests", "bench", "prompts", "examples/image-studio"];
        var folders = Rooms().Select(r => "src/McpBilling/" + r).Concat(others).ToList();
        Assert.All(folders, f => Assert.InRange(File.ReadLines(Path.Combine(Needs.RepositoryFolder, f, "README.md")).Count(), 5, 60));
    }

    private static IEnumerable<string> Rooms() => Directory.GetDirectories(Core).Select(d => Path.GetFileName(d)).Where(d => d is not ("bin" or "obj"));

    private static IEnumerable<string> AllSource() => new[] { "src", "tests", "bench" }.SelectMany(f => SourceFiles(Path.Combine(Needs.RepositoryFolder, f)));

    private static IEnumerable<string> SourceFiles(string folder) => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        // Templates are other people's code: the tests that run it judge it.
        .Where(f => !Shown(f).Split('/').Any(p => p is "bin" or "obj" or "Templates"));

    private static IEnumerable<string> RoomsNamedIn(string text) =>
        RoomName().Matches(Comments().Replace(text, "")).Select(m => m.Groups[1].Value).Where(r => Order.Contains(r)).Distinct();

    // src/McpBilling/Money/Asset.cs is McpBilling.Money; the project's folder is the namespace's beginning.
    private static string Namespace(string file)
    {
        string[] parts = Shown(file).Split('/');
        return parts.Length == 2 ? "McpBilling" : string.Join('.', parts[1..^1]);
    }

    private static string Shown(string file) => Path.GetRelativePath(Needs.RepositoryFolder, file).Replace('\\', '/');

    [GeneratedRegex("//.*")]
    private static partial Regex Comments();

    // Named whole, or from within the namespace McpBilling by the room's name before a type's.
    [GeneratedRegex(@"(?:(?<![\w.])(?:McpBilling\.)|(?<![\w.""])(?=[A-Z]\w*\.[A-Z]))([A-Z]\w*)")]
    private static partial Regex RoomName();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
