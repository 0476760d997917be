package controls

import "slices"

// UntrustedBuilds is what builds of code that nobody has reviewed work against.
var UntrustedBuilds = slices.Concat(
	NIST(Own, "AC-3", "CM-5", "SI-7"),
	SOC2(Own, "CC8.1"),
	OWASP("CICD-SEC-4", "CICD-SEC-1"),
)
