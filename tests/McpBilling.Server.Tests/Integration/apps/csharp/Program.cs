using Billing;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.ClearProviders();
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Services.AddBilling();
var app = builder.Build();
int worked = 0;

object Work(Asked asked)
{
    Interlocked.Increment(ref worked);
    return asked.Fail ? throw new InvalidOperationException("the work failed") : new { done = true };
}

async Task<object> Measured(Asked asked, Meter meter)
{
    foreach (int n in asked.Used ?? [])
    {
        await meter(Unit.Of(n));
    }
    return Work(asked);
}

Subject Who(HttpContext http) => new(Header(http, "X-End-User"), Header(http, "X-Session"), Header(http, "X-Task"));

app.MapPost("/aspnetcore", (HttpContext http, Asked asked, Biller biller) =>
    biller.BilledResult(http, Header(http, "X-Customer")!, Unit.Of(asked.Estimate), (meter, _) => Measured(asked, meter), Who(http)));

app.MapPost("/none", async (HttpContext http, Asked asked, Biller biller, CancellationToken stop) =>
{
    var request = new BilledRequest(Header(http, "X-Customer")!, Header(http, "X-Request-Id")!, Unit.Of(asked.Estimate), Who(http));
    try
    {
        var done = await Unit.Call(biller, request, asked, meter => Measured(asked, meter), () => Work(asked), stop);
        return Results.Json(new { done = true, pending = done.Pending, charges = done.Charges });
    }
    catch (PaymentRequiredException denied)
    {
        return Results.Json(new { reason = denied.Denial.Reason, shortfall = denied.Denial.Shortfall, top_up_url = denied.Denial.TopUpUrl }, statusCode: 402);
    }
    catch (BillingUnavailableException failure)
    {
        return Results.Json(new { error = failure.Message }, statusCode: 503);
    }
    catch (BillingRefusedException refused)
    {
        return Results.Json(new { error = refused.Code }, statusCode: 409);
    }
});
app.MapGet("/worked", () => Volatile.Read(ref worked));

await app.StartAsync();
Console.WriteLine($"app listens on {app.Urls.First()}");
await app.WaitForShutdownAsync();

static string? Header(HttpContext http, string name) => http.Request.Headers[name].FirstOrDefault();

internal sealed record Asked(int Estimate, int[]? Used, bool Fail);
