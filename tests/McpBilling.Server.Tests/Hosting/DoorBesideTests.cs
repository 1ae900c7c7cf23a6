using McpBilling.Server.Commands;
using McpBilling.Server.Hosting;

namespace McpBilling.Server.Tests.Hosting;

/// <summary>When the runtime API beside a stdio session opens, and what becomes of the session when it cannot.</summary>
public sealed class DoorBesideTests : IDisposable
{
    private readonly StringWriter notes = new();
    private int opened;

    public void Dispose() => notes.Dispose();

    [Fact]
    public async Task Nothing_is_opened_for_a_session_in_which_nobody_asked()
    {
        await using (Door(_ => throw new InvalidOperationException("opened")))
        {
        }
        Assert.Equal(0, opened);
    }

    [Fact]
    public async Task It_is_tried_once_however_many_ask()
    {
        await using var door = Door(_ => throw new CommandException("Cannot listen on http://192.0.2.1:80."));
        await Task.WhenAll(door.Open(), door.Open(), door.Open());
        Assert.Equal(1, opened);
    }

    [Fact]
    public async Task A_session_goes_on_without_it_and_says_why()
    {
        await using var door = Door(_ => throw new CommandException("Cannot listen on http://192.0.2.1:80."));
        await door.Open();
        Assert.Null(door.Url);
        Assert.Contains("Cannot listen on http://192.0.2.1:80.", notes.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:7171", "serves the same data")]
    [InlineData(null, "there is none for this data")]
    public async Task Where_the_address_is_taken_the_one_who_has_it_serves_if_it_has_the_same_data(string? other, string note)
    {
        await using var door = Door(_ => throw new AddressTakenException("taken"), other);
        await door.Open();
        Assert.Equal(other, door.Url);
        Assert.Contains(note, notes.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_the_end_nothing_is_opened_any_more()
    {
        var door = Door(_ => throw new InvalidOperationException("opened"));
        await door.DisposeAsync();
        await door.Open();
        Assert.Equal(0, opened);
    }

    private DoorBeside Door(Func<int, HttpDoor> open, string? other = null) =>
        new(() => Task.FromResult(open(Interlocked.Increment(ref opened))), () => Task.FromResult(other), notes);
}
