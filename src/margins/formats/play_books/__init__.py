"""Google Play Books: the notes document it keeps in Google Drive, as docx or saved as HTML."""
