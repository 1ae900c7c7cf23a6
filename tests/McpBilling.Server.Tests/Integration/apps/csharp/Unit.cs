using Billing;

internal static class Unit
{
    public static UsageEvent Of(int n) => Events.ImageGenerated(n);

    public static Task<Billed<object>> Call(
        Biller biller, BilledRequest request, Asked asked, Func<Meter, Task<object>> measured, Func<object> work, CancellationToken stop) =>
        biller.Billed(request, (meter, _) => measured(meter), stop);
}
