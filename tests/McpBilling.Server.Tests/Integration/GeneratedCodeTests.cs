namespace McpBilling.Server.Tests.Integration;

/// <summary>Runs what generate_integration writes: real apps, a real server, and a network that fails between them.</summary>
public abstract class GeneratedCodeTests<TLanguage>(GeneratedApps<TLanguage> apps) : IClassFixture<GeneratedApps<TLanguage>>
    where TLanguage : IAppLanguage
{
    private static int customers;

#pragma warning disable CA1000 // rows of theories are static members, wherever they are declared

    /// <summary>Every style, called by the app itself and through each framework's file.</summary>
    public static TheoryData<string, string> Doors => [.. from style in GeneratedApps<TLanguage>.Styles from door in TLanguage.Frameworks.Prepend("none") select (style, door)];

    public static TheoryData<string> Styles => [.. GeneratedApps<TLanguage>.Styles];

    public static TheoryData<string> HoldStyles => [.. GeneratedApps<TLanguage>.Styles.Where(s => s != "record_after")];
#pragma warning restore CA1000

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Allowed_work_is_done_charged_and_says_who_used_it(string style, string door)
    {
        var (app, customer) = (await apps.App(style, "closed", door), NewCustomer());
        var outcome = await app.Call(new Work(door, customer, "r-1", 5, [1, 2]));
        Assert.Equal(200, outcome.Status);
        Assert.Equal((97m, 0m), await apps.Credits(customer));
        var events = await apps.Events(customer);
        Assert.All(events, e =>
        {
            var subject = e.GetProperty("subject");
            Assert.Equal(("gina", "visit-7", "task-9"), (subject.GetProperty("end_user").GetString(), subject.GetProperty("session").GetString(), subject.GetProperty("task").GetString()));
        });
        Assert.Contains(events, e => e.GetProperty("id").GetString() == "r-1");
        Assert.All(app.Proxy.Seen, s => Assert.Equal("staging", s.Environment));
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task A_denied_customer_gets_402_and_nothing_is_done_or_held(string style, string door)
    {
        var (app, customer) = (await apps.App(style, "closed", door), NewCustomer());
        if (style == "record_after")
        {
            // It trusts once, and asks the next time.
            Assert.Equal(200, (await app.Call(new Work(door, customer, "r-0", 150))).Status);
        }
        int before = await app.Worked();
        var outcome = await app.Call(new Work(door, customer, "r-1", 150));
        Assert.Equal((402, "insufficient_balance"), (outcome.Status, outcome.Body.GetProperty("reason").GetString()));
        Assert.NotEqual("", outcome.Body.GetProperty("shortfall").GetString());
        Assert.Contains("/portal/credit", await apps.Follow(outcome.Body.GetProperty("top_up_url").GetString()!), StringComparison.Ordinal);
        Assert.Equal(before, await app.Worked());
        Assert.Equal((style == "record_after" ? -50m : 100m, 0m), await apps.Credits(customer));
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task A_request_that_comes_again_is_charged_once(string style, string door)
    {
        var (app, customer) = (await apps.App(style, "closed", door), NewCustomer());
        var work = new Work(door, customer, "click-1", 3, [1, 2]);
        for (int click = 0; click < 3; click++)
        {
            Assert.Equal(200, (await app.Call(work)).Status);
        }
        Assert.Equal((97m, 0m), await apps.Credits(customer));
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task A_lost_reply_is_asked_for_again_and_charged_once(string style, string door)
    {
        var (app, customer) = (await apps.App(style, "closed", door), NewCustomer());
        app.Proxy.Next("/authorize", FaultProxy.Fault.LoseReply, FaultProxy.Fault.Busy);
        Assert.Equal(200, (await app.Call(new Work(door, customer, "r-1", 2))).Status);
        app.Proxy.Next(style == "record_after" ? "/v1/usage" : "/capture", FaultProxy.Fault.LoseReply, FaultProxy.Fault.LoseReply);
        Assert.Equal(200, (await app.Call(new Work(door, customer, "r-2", 3))).Status);
        Assert.Equal(2, (await apps.Events(customer)).Length);
        Assert.Equal((95m, 0m), await apps.Credits(customer));
    }

    [Fact]
    public async Task An_answer_that_comes_too_late_is_asked_for_again()
    {
        var (app, customer) = (await apps.App("authorize_capture", "closed", "none"), NewCustomer());
        app.Proxy.Next("/authorize", FaultProxy.Fault.Slow);
        Assert.Equal(200, (await app.Call(new Work("none", customer, "r-1", 2))).Status);
        Assert.Equal((98m, 0m), await apps.Credits(customer));
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Without_billing_the_closed_app_answers_503_and_does_nothing(string style, string door)
    {
        var (app, customer) = (await apps.App(style, "closed", door), NewCustomer());
        Assert.Equal(200, (await app.Call(new Work(door, customer, "r-1", 1))).Status);
        int before = await app.Worked();
        await app.Proxy.Down();
        try
        {
            var outcome = await app.Call(new Work(door, customer, "r-2", 1));
            Assert.Equal(503, outcome.Status);
            Assert.DoesNotContain(apps.Key, $"{outcome.Body}", StringComparison.Ordinal);
        }
        finally
        {
            await app.Proxy.Up();
        }
        Assert.Equal(before, await app.Worked());
        Assert.Equal((99m, 0m), await apps.Credits(customer));
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public async Task Without_billing_the_open_app_works_and_reports_later(string style)
    {
        var (app, customer) = (await apps.App(style, "open", "none"), NewCustomer());
        Assert.Equal(200, (await app.Call(new Work("none", customer, "r-1", 1))).Status);
        int before = await app.Worked();
        await app.Proxy.Down();
        try
        {
            Assert.Equal(200, (await app.Call(new Work("none", customer, "r-2", 4, [1, 1]))).Status);
            Assert.NotEmpty(Directory.GetFiles(app.Outbox, "*.json"));
        }
        finally
        {
            await app.Proxy.Up();
        }
        Assert.Equal(before + 1, await app.Worked());
        await Delivered(app);
        Assert.Equal((97m, 0m), await apps.Credits(customer));
        Assert.Contains(await apps.Events(customer), e => e.GetProperty("id").GetString() == "r-2");
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public async Task Usage_that_nobody_confirmed_is_kept_and_charged_once(string style)
    {
        var (app, customer) = (await apps.App(style, "closed", "none"), NewCustomer());
        // Billing has charged it, but says so to nobody: the app keeps it, and sends it again later.
        string path = style == "record_after" ? "/v1/usage" : "/capture";
        app.Proxy.Next(path, FaultProxy.Fault.LoseReply, FaultProxy.Fault.LoseReply, FaultProxy.Fault.LoseReply);
        Assert.Equal(200, (await app.Call(new Work("none", customer, "r-1", 4))).Status);
        await Delivered(app);
        Assert.Empty(Directory.GetFiles(app.Outbox, "*.refused"));
        Assert.Equal((96m, 0m), await apps.Credits(customer));
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Work_that_fails_costs_nothing_and_can_be_asked_for_again(string style, string door)
    {
        var (app, customer) = (await apps.App(style, "closed", door), NewCustomer());
        Assert.InRange((await app.Call(new Work(door, customer, "r-1", 3, Fail: true))).Status, 500, 502);
        Assert.Equal((100m, 0m), await apps.Credits(customer));
        Assert.Empty(await apps.Events(customer));

        // The same click again, and this time it works: its first hold was released, so it gets another.
        Assert.Equal(200, (await app.Call(new Work(door, customer, "r-1", 3))).Status);
        Assert.Equal((97m, 0m), await apps.Credits(customer));
    }

    [Theory]
    [MemberData(nameof(HoldStyles))]
    public async Task Who_tops_up_may_ask_again(string style)
    {
        var (app, customer) = (await apps.App(style, "closed", "none"), NewCustomer());
        Assert.Equal(402, (await app.Call(new Work("none", customer, "r-1", 150))).Status);
        await apps.Post("grants", new { customer_id = customer, asset = "credits", amount = "100", idempotency_key = "top-up" });
        Assert.Equal(200, (await app.Call(new Work("none", customer, "r-1", 150))).Status);
        Assert.Equal((50m, 0m), await apps.Credits(customer));
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task One_request_id_for_different_work_is_the_apps_mistake(string style, string door)
    {
        var (app, customer) = (await apps.App(style, "closed", door), NewCustomer());
        Assert.Equal(200, (await app.Call(new Work(door, customer, "r-1", 1))).Status);
        // Costs come when the outbox sends them.
        int Asked() => app.Proxy.Seen.Count(s => s.Path != "/v1/costs/llm");
        int asked = Asked();
        var outcome = await app.Call(new Work(door, customer, "r-1", 2));
        Assert.Equal((409, "idempotency_conflict"), (outcome.Status, outcome.Body.GetProperty("error").GetString()));
        Assert.InRange(Asked() - asked, 1, 2);
        Assert.Equal((99m, 0m), await apps.Credits(customer));
    }

    [Fact]
    public async Task What_a_stream_delivered_before_it_failed_is_owed()
    {
        var (app, customer) = (await apps.App("streaming", "closed", "none"), NewCustomer());
        Assert.Equal(500, (await app.Call(new Work("none", customer, "r-1", 9, [2, 3], Fail: true))).Status);
        Assert.Equal((95m, 0m), await apps.Credits(customer));
        Assert.Equal(2, (await apps.Events(customer)).Length);
    }

    [Fact]
    public async Task What_a_models_call_cost_stands_beside_its_charge()
    {
        var (app, customer) = (await apps.App("llm", "closed", "none"), NewCustomer());
        Assert.Equal(200, (await app.Call(new Work("none", customer, "r-1", 5, [1, 2]))).Status);
        await Delivered(app);
        var cost = Assert.Single(await apps.Costs(customer));
        // 10 tokens in at 2.50 dollars a million, 300 out at 10.00.
        Assert.Equal(("priced", "0.003025", "openai", "gpt-4o"), (Text(cost, "status"), Text(cost.GetProperty("cost"), "amount"), Text(cost, "provider"), Text(cost, "model")));
        Assert.Equal(("r-1", "gina", "succeeded"), (Text(cost, "operation_id"), Text(cost.GetProperty("subject"), "end_user"), Text(cost, "outcome")));
        Assert.Equal((97m, 0m), await apps.Credits(customer));
        Assert.Empty(Directory.GetFiles(app.Outbox, "*.refused"));
        // The judgement is of all that these tests have sent; what it can say of this call is that its cost is not missing.
        var verified = await apps.Post("integrations/verify", new { });
        var finding = verified.GetProperty("findings").EnumerateArray().Single(f => Text(f, "check") == "costs_recorded");
        Assert.NotEqual("not_seen_yet", Text(finding, "status"));
    }

    [Fact]
    public async Task Each_call_that_was_made_again_costs_again_though_it_is_charged_once()
    {
        var (app, customer) = (await apps.App("llm", "closed", "none"), NewCustomer());
        var work = new Work("none", customer, "click-1", 3);
        Assert.Equal(200, (await app.Call(work)).Status);
        Assert.Equal(200, (await app.Call(work)).Status);
        await Delivered(app);
        Assert.Equal(["click-1", "click-1"], (await apps.Costs(customer)).Select(c => Text(c, "operation_id")));
        Assert.Equal((97m, 0m), await apps.Credits(customer));
    }

    [Fact]
    public async Task A_cost_that_billing_cannot_take_now_waits_and_arrives_once()
    {
        var (app, customer) = (await apps.App("llm", "open", "none"), NewCustomer());
        Assert.Equal(200, (await app.Call(new Work("none", customer, "r-1", 1))).Status);
        await Delivered(app);
        await app.Proxy.Down();
        try
        {
            Assert.Equal(200, (await app.Call(new Work("none", customer, "r-2", 4))).Status);
        }
        finally
        {
            await app.Proxy.Up();
        }
        app.Proxy.Next("/v1/costs/llm", FaultProxy.Fault.LoseReply, FaultProxy.Fault.Busy);
        await Delivered(app);
        Assert.Equal(["r-2", "r-1"], (await apps.Costs(customer)).Select(c => Text(c, "operation_id")));
        Assert.Equal((95m, 0m), await apps.Credits(customer));
    }

    [Fact]
    public async Task Without_a_key_the_app_does_not_start_and_says_what_is_missing() =>
        Assert.Contains("MCP_BILLING_KEY", await apps.SaidWithoutKey(), StringComparison.Ordinal);

    private static string? Text(System.Text.Json.JsonElement of, string name) => of.GetProperty(name).GetString();

    private static string NewCustomer() => $"customer-{Interlocked.Increment(ref customers)}";

    private static async Task Delivered(IApp app)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Directory.Exists(app.Outbox) && Directory.GetFiles(app.Outbox, "*.json").Length > 0)
        {
            await app.Nudge();
            await Task.Delay(100, limit.Token);
        }
    }
}
