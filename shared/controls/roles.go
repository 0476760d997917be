package controls

import "slices"

// LeastPrivilege is what roles that may do more than they need work against.
var LeastPrivilege = slices.Concat(
	NIST(Hub, "AC-2", "AC-2(1)", "AC-3", "AC-3(7)", "AC-3(15)", "AC-5", "AC-6", "AC-6(2)", "AC-6(3)", "AC-6(10)"),
	SOC2(Prowler, "CC1.3", "CC6.3"),
	HIPAA(Prowler, "164.312(a)(1)", "164.308(a)(1)(ii)(B)", "164.308(a)(3)(i)", "164.308(a)(4)(i)"),
	GDPR(Prowler, "25"),
	CIS("1.4", Hub, "1.16"),
	OWASP("CICD-SEC-2", "CICD-SEC-5"),
)
