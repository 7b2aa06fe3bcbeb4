"""Has cloudsplaining judge what `aws iam get-account-authorization-details` printed: a yardstick.

    cloudsplaining_scan.py FILE

Prints the seconds from opening the file to the results, and how many principals they are about. Starting
Python, importing, and the report that it would write are left out.
"""

import json
import sys
import time

from cloudsplaining.scan.authorization_details import AuthorizationDetails
from cloudsplaining.shared.exclusions import DEFAULT_EXCLUSIONS
from cloudsplaining.shared.validation import check_authorization_details_schema

begun = time.perf_counter()
with open(sys.argv[1], encoding="utf-8") as file:
    details = json.load(file)
check_authorization_details_schema(details)
results = AuthorizationDetails(details, exclusions=DEFAULT_EXCLUSIONS).results
seconds = time.perf_counter() - begun
print(json.dumps({"seconds": seconds, "principals": len(results["users"]) + len(results["roles"])}))
