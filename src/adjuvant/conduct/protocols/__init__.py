"""Protocol versions, their approvals by site, and the forms that the file defines."""
