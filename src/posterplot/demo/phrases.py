"""Sentence templates that do not depend on the genre: openings, fillers, closings."""

OPENINGS: tuple[str, ...] = (
    "{full} is a {temper} {trade} {where}[| who has not left it in years| with {thing} and no plans].",
    "{season}, {temper} {trade} {full} comes [home|back] to {town} [to bury {their} {kin}|to sell the family house|with {thing}|for a wedding nobody wants].",
    "When {their} {kin} leaves {them} {thing}, {temper} {trade} {full} [sets out for {town}|has to start again {where}|cannot let it rest].",
    "[For twenty years|All {their} life|Since the funeral] {full} has worked as a {trade} {where}.",
    "{full}, a {trade}, and {other}, a {temper} {trade}, share [a house|a debt|a bench|a wall|a secret] {where}.",
    "Nobody {where} expects much of {full}, a {temper} {trade}.",
    "A {temper} {trade} named {full} [finds|inherits|is sent|loses] {thing} {where}.",
    "[Life|Everything] {where} [changes|comes apart|starts anew] when {full}, a {temper} {trade}, meets {other}.",
    "{season}, {full} takes a job as a {trade} {where}.",
    "It is {hero}'s last [week|month|day] as a {trade} {where}[|, or so {they} [says|hopes]].",
    "Ask anyone {where}: {full} is the [best|worst|only] {trade} for miles.",
    "{full} had a plan: leave {town}, become a {trade} and never speak to {their} {kin} again.",
)

FILLERS: tuple[str, ...] = (
    "{other}, a {temper} {trade}, [wants {thing} back|has other ideas|knows the way but not the price|asks too many questions].",
    "Then {other} [turns up|leaves] with {thing}, and nothing {where} is as it was.",
    "{Their} {kin} [disapproves|moves in|says nothing|keeps the only spare key].",
    "{They} has [never been any good at|always relied on] {virtue}, and it shows.",
    "Meanwhile {other} [tries to sell {thing}|gets lost on the way to {town}|starts a newspaper|takes up the trombone].",
    "There is [the matter of {thing}|an offer from {villain}|a neighbour to consider], and {they} [cannot say no|takes {their} time].",
    "What began as [a favour|a bet|a Sunday walk] ends [{where}|with {thing} on the kitchen table|in front of the whole town].",
    "{villain}, the {temper} {trade} from across the road, [sees it all|offers advice|has waited years for this].",
    "[Rain|Fog|Dust] settles over {town}, and {hero} and {other} are [stuck with each other|left to talk].",
    "With {other} at {their} side, {they} [goes looking for {their} {kin}|tries to put things right|crosses half the country].",
    "Only {their} {kin} [knows why|still believes in {them}|can tell how it started].",
    "{They} [swaps|hides|buries] {thing} and [waits|hopes for the best|tells everyone].",
)

CLOSINGS: tuple[str, ...] = (
    "By the [end|first snow|last ferry], [one of them will have to leave|{hero} will know the price of {virtue}|{town} will never be the same].",
    "Some [doors|debts|promises] are better left [alone|closed|unpaid].",
    "A [tale|story] of {virtue}, [bad weather|worse coffee|old debts] and {thing}.",
    "But [{town} has a long memory|nothing is what it seems|{other} is not finished yet].",
    "And then [there is {thing}|{other} comes back|it begins to rain].",
    "It will take [{virtue}|more than {virtue}|all {their} {virtue}] to see it through.",
    "[From|After] that day on, {they} [never sleeps with the window open|counts every step|keeps {thing} close].",
)
